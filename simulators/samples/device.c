/*
 * A device in C with libmosquitto: a profile that declares a command, a report a minute, and the command's answers.
 *
 *   cc -Wall -o device device.c -lmosquitto
 *   FLEETLOG_DEVICE_TOKEN=… ./device my-device
 *
 * FLEETLOG_HOST and FLEETLOG_MQTT_PORT say where the gateway is. MQTT 3.1.1, since libmosquitto does not reconnect by itself
 * after an orderly DISCONNECT of MQTT 5. A program that must not lose reports keeps them until on_publish names them.
 */
#include <mosquitto.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *PROFILE =
    "{\"model\":\"C sample\",\"firmware\":\"1\",\"commands\":[{\"name\":\"blink\",\"title\":\"Blink\",\"params\":"
    "{\"type\":\"object\",\"properties\":{\"times\":{\"type\":\"integer\",\"minimum\":1}},\"required\":[\"times\"]}}]}";

static char boot[32];
static int seq = 0;

static void publish(struct mosquitto *mqtt, const char *topic, const char *payload) {
  int failed = mosquitto_publish(mqtt, NULL, topic, (int)strlen(payload), payload, 1, false);
  if (failed) fprintf(stderr, "%s: %s\n", topic, mosquitto_strerror(failed));
}

static void report(struct mosquitto *mqtt, double celsius) {
  char payload[160];
  /* With boot and seq, what the library sends twice is one report. */
  snprintf(payload, sizeof payload, "{\"data\":{\"celsius\":%.1f},\"boot\":\"%s\",\"seq\":%d}", celsius, boot, ++seq);
  publish(mqtt, "me/telemetry", payload);
}

/* After every connect: the profile is recorded only if it has changed, and open commands are delivered again. */
static void on_connect(struct mosquitto *mqtt, void *data, int refused) {
  (void)data;
  if (refused) {
    fprintf(stderr, "refused: %s\n", mosquitto_connack_string(refused));
    return;
  }
  mosquitto_subscribe(mqtt, NULL, "me/command/+", 1);
  publish(mqtt, "me/profile", PROFILE);
  report(mqtt, 21.5);
}

/* A command may be delivered more than once: answer each delivery, but execute each id (in the topic) once. */
static void on_message(struct mosquitto *mqtt, void *data, const struct mosquitto_message *message) {
  static char last[128];
  char topic[192];
  (void)data;
  if (strcmp(message->topic, last) != 0) printf("command: %.*s\n", message->payloadlen, (const char *)message->payload);
  snprintf(last, sizeof last, "%s", message->topic);
  fflush(stdout);
  snprintf(topic, sizeof topic, "%s/result", message->topic);
  publish(mqtt, topic, "{\"ok\":true,\"result\":{\"did\":\"it\"}}");
}

int main(int argc, char **argv) {
  const char *token = getenv("FLEETLOG_DEVICE_TOKEN");
  const char *host = getenv("FLEETLOG_HOST");
  const char *port = getenv("FLEETLOG_MQTT_PORT");
  if (argc != 2 || token == NULL) {
    fprintf(stderr, "usage: FLEETLOG_DEVICE_TOKEN=<its token> %s <device id>\n", argv[0]);
    return 2;
  }
  snprintf(boot, sizeof boot, "%ld", (long)time(NULL));
  mosquitto_lib_init();
  struct mosquitto *mqtt = mosquitto_new(argv[1], false, NULL);
  mosquitto_username_pw_set(mqtt, argv[1], token);
  mosquitto_connect_callback_set(mqtt, on_connect);
  mosquitto_message_callback_set(mqtt, on_message);
  mosquitto_reconnect_delay_set(mqtt, 1, 60, true);
  mosquitto_connect_async(mqtt, host ? host : "127.0.0.1", port ? atoi(port) : 1883, 30);
  /* Connects, and reconnects for ever. */
  int ended = mosquitto_loop_forever(mqtt, -1, 1);
  fprintf(stderr, "%s\n", mosquitto_strerror(ended));
  mosquitto_destroy(mqtt);
  mosquitto_lib_cleanup();
  return 1;
}
