#!/bin/sh
# The first start of a device that `npm run image` has prepared. Needs a POSIX shell, sed, grep, cmp and systemd.
#
# A power cut at any moment is safe: the trigger that starts this script is removed last, every step can be done again,
# and a file is written beside its place, put on disk and then moved there, so that it is whole or absent.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
program=/opt/fleetlog
state=/var/lib/fleetlog
units=/etc/systemd/system
first_boot_unit=$units/multi-user.target.wants/fleetlog-first-boot.service

say() {
  echo "fleetlog: $1"
  echo "$1" >>"$here/first-boot.log" 2>/dev/null || true
}

# On a boot partition the system restarts after each failure. This pause limits how often.
ended() {
  code=$?
  trap - EXIT
  [ "$code" = 0 ] && exit 0
  say "not finished (code $code); the next start tries again"
  sync
  [ -e "$first_boot_unit" ] || sleep "${FIRST_BOOT_PAUSE:-60}"
  exit "$code"
}
trap ended EXIT

# move <new file> <its place>
move() {
  sync
  # A file on which another is mounted, as in a container, can't be replaced.
  mv -f "$1" "$2" 2>/dev/null || { cat "$1" >"$2" && rm -f "$1"; }
}

# put <file> <its place> <mode> [owner]
put() {
  mkdir -p "$(dirname "$2")"
  if ! cmp -s "$1" "$2"; then
    rm -f "$2.new"
    (umask 077 && cp "$1" "$2.new")
    chown "${4:-root:root}" "$2.new"
    chmod "$3" "$2.new"
    move "$2.new" "$2"
  fi
  chown "${4:-root:root}" "$2"
  chmod "$3" "$2"
}

# change <file> <sed script>: replaces the file only if the script alters its content
change() {
  [ -f "$1" ] || return 0
  rm -f "$1.new"
  (umask 077 && cp -p "$1" "$1.new" && sed -E "$2" "$1" >"$1.new")
  if cmp -s "$1" "$1.new"; then rm -f "$1.new"; else move "$1.new" "$1"; fi
}

# link <target> <its place>
link() {
  mkdir -p "$(dirname "$2")"
  ln -sfn "$1" "$2"
}

# enable_unit <unit> <target that wants it> [instance]: does nothing where the unit does not exist
enable_unit() {
  for folder in /etc/systemd/system /usr/lib/systemd/system /lib/systemd/system; do
    if [ -f "$folder/$1" ]; then
      link "$folder/$1" "$units/$2.wants/${3:-$1}"
      return 0
    fi
  done
}

check_payload() {
  (cd "$here" && sha256sum -c SHA256SUMS >/dev/null) || {
    say "files of the preparation are missing or damaged; prepare the card again"
    return 1
  }
  if [ ! -f "$here/settings.json" ] && [ ! -f "$state/settings.json" ]; then
    say "there is no settings.json; prepare the card again"
    return 1
  fi
}

install_agent() {
  for file in "$here"/agent/*; do put "$file" "$program/agent/$(basename "$file")" 644; done
  mkdir -p "$program/bin"
  if [ -f "$here/node" ]; then
    put "$here/node" "$program/bin/node" 755
    put "$here/node-licence.txt" "$program/bin/node-licence.txt" 644
  elif found=$(command -v node); then
    link "$found" "$program/bin/node"
  fi
  "$program/bin/node" -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' || {
    say "there is no Node 18 or newer that runs here; prepare the card again with --node"
    return 1
  }
}

install_settings() {
  getent passwd fleetlog >/dev/null 2>&1 || grep -q '^fleetlog:' /etc/passwd ||
    useradd --system --user-group --home-dir "$state" --no-create-home --shell /usr/sbin/nologin fleetlog 2>/dev/null ||
    { addgroup -S fleetlog && adduser -S -D -H -h "$state" -s /bin/false -G fleetlog fleetlog; }
  mkdir -p "$state"
  chown fleetlog:fleetlog "$state"
  chmod 700 "$state"
  if [ -f "$here/authority.pem" ]; then put "$here/authority.pem" "$state/authority.pem" 644 fleetlog:fleetlog; fi
  # Identity and settings leave the card before the agent is enabled: a later run must not overwrite the agent's changes.
  if [ -f "$here/identity.json" ]; then
    mkdir -p "$state/fleetlog-agent"
    chown fleetlog:fleetlog "$state/fleetlog-agent"
    chmod 700 "$state/fleetlog-agent"
    put "$here/identity.json" "$state/fleetlog-agent/identity.json" 600 fleetlog:fleetlog
  fi
  if [ -f "$here/settings.json" ]; then put "$here/settings.json" "$state/settings.json" 600 fleetlog:fleetlog; fi
}

install_wifi() {
  [ -d "$here/wifi" ] || return 0
  if [ -d /etc/NetworkManager ]; then
    [ ! -f "$here/wifi/networkmanager" ] ||
      put "$here/wifi/networkmanager" /etc/NetworkManager/system-connections/fleetlog.nmconnection 600
    change /var/lib/NetworkManager/NetworkManager.state 's/^WirelessEnabled=false/WirelessEnabled=true/'
  elif [ -f /etc/network/interfaces ]; then
    [ ! -f "$here/wifi/wpa_supplicant" ] ||
      put "$here/wifi/wpa_supplicant" /etc/wpa_supplicant/wpa_supplicant-wlan0.conf 600
    put "$here/wifi/interfaces" /etc/network/interfaces.d/wlan0 644
  else
    [ ! -f "$here/wifi/wpa_supplicant" ] ||
      put "$here/wifi/wpa_supplicant" /etc/wpa_supplicant/wpa_supplicant-wlan0.conf 600
    put "$here/wifi/networkd" /etc/systemd/network/25-wlan0.network 644
    enable_unit wpa_supplicant@.service multi-user.target wpa_supplicant@wlan0.service
    enable_unit systemd-networkd.service multi-user.target
  fi
  # The radio is off until its country is known.
  for switch in /var/lib/systemd/rfkill/*:wlan; do
    if [ -f "$switch" ]; then echo 0 >"$switch"; fi
  done
}

set_hostname() {
  [ -f "$here/hostname" ] || return 0
  put "$here/hostname" /etc/hostname 644
  name=$(cat "$here/hostname")
  if grep -q '^127\.0\.1\.1' /etc/hosts 2>/dev/null; then
    change /etc/hosts "s/^127\.0\.1\.1[[:space:]].*/127.0.1.1 $name/"
  elif [ -f /etc/hosts ]; then
    change /etc/hosts "\$a 127.0.1.1 $name"
  fi
  # Otherwise cloud-init would reset the name.
  if [ -d /etc/cloud/cloud.cfg.d ]; then put "$here/cloud.cfg" /etc/cloud/cloud.cfg.d/99-fleetlog.cfg 644; fi
}

# Makes log-in by password impossible: `*` is not the hash of any password. Unlike `!`, it never blocks log-in by key.
remove_passwords() {
  change /etc/shadow 's/^([^:]+):[^:]*:/\1:*:/'
  change /etc/passwd 's/^([^:]+):([^x*!:][^:]*)?:/\1:*:/'
  # Raspberry Pi OS asks for a user and a password at its first start.
  if [ -f /usr/lib/systemd/system/userconfig.service ] || [ -f /lib/systemd/system/userconfig.service ]; then
    link /dev/null "$units/userconfig.service"
  fi
  rm -f /etc/ssh/sshd_config.d/rename_user.conf
}

set_up_ssh() {
  if [ -d /etc/ssh ]; then
    put "$here/sshd.conf" /etc/ssh/sshd_config.d/00-fleetlog.conf 644
    # sshd takes the first value that it reads.
    if [ -f /etc/ssh/sshd_config ] && ! grep -q '^Include /etc/ssh/sshd_config.d/' /etc/ssh/sshd_config; then
      change /etc/ssh/sshd_config '1i Include /etc/ssh/sshd_config.d/*.conf'
    fi
  fi
  # Dropbear: -s refuses passwords.
  if [ -f /etc/default/dropbear ] || [ -f /usr/sbin/dropbear ]; then put "$here/dropbear" /etc/default/dropbear 644; fi
  [ -f "$here/authorized_keys" ] || return 0
  # The first user of the system, or else root.
  entry=$(grep -E '^[^:]+:[^:]*:1000:' /etc/passwd || grep '^root:' /etc/passwd)
  user=$(echo "$entry" | cut -d: -f1)
  group=$(echo "$entry" | cut -d: -f4)
  home=$(echo "$entry" | cut -d: -f6)
  mkdir -p "$home/.ssh"
  chown "$user:$group" "$home/.ssh"
  chmod 700 "$home/.ssh"
  put "$here/authorized_keys" "$home/.ssh/authorized_keys" 600 "$user:$group"
  if [ "$user" != root ] && [ -d /etc/sudoers.d ]; then
    echo "$user ALL=(ALL) NOPASSWD: ALL" >/etc/fleetlog-sudoers.new
    put /etc/fleetlog-sudoers.new /etc/sudoers.d/010_fleetlog 440
    rm -f /etc/fleetlog-sudoers.new
  fi
  enable_unit ssh.service multi-user.target
  enable_unit sshd.socket sockets.target
  enable_unit dropbear.socket sockets.target
}

# The kernel's command line is overwritten in place and padded with blanks: after a power cut its one sector is old or new.
remove_trigger() {
  boot=$(dirname "$here")/cmdline.txt
  if [ -f "$boot" ] && grep -q 'systemd\.run=[^ ]*/fleetlog/first-boot\.sh' "$boot"; then
    length=$(wc -c <"$boot")
    line=$(sed -E 's/ ?(systemd\.run|systemd\.run_success_action|systemd\.run_failure_action)=[^ ]*//g; s/ ?systemd\.unit=kernel-command-line\.target//g' "$boot")
    printf "%-$((length - 1))s\n" "$line" | dd of="$boot" conv=notrunc 2>/dev/null
    sync
  fi
  rm -f "$first_boot_unit"
  sync
}

# Removes everything but the log, because all of it is installed now.
clear_payload() {
  for each in "$here"/*; do
    case $each in */first-boot.log) ;; *) rm -rf "$each" ;; esac
  done
  rm -f "$units/fleetlog-first-boot.service"
  sync
}

say "first start of a prepared device"
check_payload
install_agent
install_settings
install_wifi
set_hostname
remove_passwords
set_up_ssh
put "$here/fleetlog-agent.service" "$units/fleetlog-agent.service" 644
sync
rm -f "$here/settings.json" "$here/identity.json" "$here/wifi/networkmanager" "$here/wifi/wpa_supplicant"
sync
enable_unit fleetlog-agent.service multi-user.target
sync
remove_trigger
clear_payload
say "finished; the system restarts"
