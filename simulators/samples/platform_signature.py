"""Checks what the platform has signed: replies to provisioning, and afterwards commands and configurations."""
import base64, json
from datetime import datetime, timezone
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

def decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))

def verified(jws, ca):
    """Returns what the platform has signed. The chain of the signing certificate must lead to a certificate in the file `ca`."""
    header, payload, signature = jws.split(".")
    head, raw = json.loads(decoded(header)), decoded(signature)
    chain = [x509.load_der_x509_certificate(base64.b64decode(der)) for der in head["x5c"]]
    usage = chain[0].extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    if head["alg"] != "ES256" or len(raw) != 64 or list(usage) != [x509.oid.ExtendedKeyUsageOID.CODE_SIGNING]:
        raise ValueError("it is not signed with a certificate for messages")
    with open(ca, "rb") as file:
        trusted = x509.load_pem_x509_certificates(file.read())
    for certificate, issuer in zip(chain, [*chain[1:], None]):
        if datetime.now(timezone.utc) > certificate.not_valid_after_utc:
            raise ValueError("its certificate has expired")
        if certificate in trusted:
            break
        if issuer is None or not issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            raise ValueError("its chain does not lead to the platform's authority")
        certificate.verify_directly_issued_by(issuer)
    both = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    chain[0].public_key().verify(both, f"{header}.{payload}".encode(), ec.ECDSA(hashes.SHA256()))
    return json.loads(decoded(payload))
