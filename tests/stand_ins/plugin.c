/*
 * A PJRT plugin that stands in for a GPU's: it hands everything to a real plugin, but answers and
 * fails as a file beside it says. The file "stand_in.txt" has a line "key=value" for each setting; in
 * values, "\n" is a line's end. mod.ts documents the settings.
 *
 * Structs of the PJRT C API are read by the offsets of their fields, as in lib/pjrt/api.ts.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef void *(*function)(void *);

/* Offsets in PJRT_Api. */
enum {
  STRUCT_SIZE = 0, MAJOR = 32, MINOR = 36,
  ERROR_DESTROY = 40, ERROR_MESSAGE = 48, ERROR_GET_CODE = 56, PLUGIN_INITIALIZE = 64,
  EVENT_DESTROY = 80, EVENT_IS_READY = 88, EVENT_ERROR = 96, EVENT_AWAIT = 104,
  CLIENT_CREATE = 120, CLIENT_PLATFORM_NAME = 136, CLIENT_PLATFORM_VERSION = 152,
  CLIENT_ADDRESSABLE_DEVICES = 168, CLIENT_COMPILE = 200, BUFFER_FROM_HOST = 216,
  DEVICE_DESCRIPTION_KIND = 248, LOADED_EXECUTE = 480,
};

#define AT(type, base, offset) (*(type *)((char *)(base) + (offset)))

static char *table, *settings;
static function real[512];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* The value of a setting, its escapes resolved, or NULL. */
static char *setting(const char *name) {
  size_t length = strlen(name);
  for (char *line = settings; line && *line;) {
    char *end = strchrnul(line, '\n');
    if (!strncmp(line, name, length) && line[length] == '=') {
      char *value = strndup(line + length + 1, end - line - length - 1), *to = value;
      for (char *from = value; *from; from++, to++) {
        if (from[0] == '\\' && from[1] == 'n') *to = '\n', from++;
        else *to = *from;
      }
      *to = 0;
      return value;
    }
    line = *end ? end + 1 : end;
  }
  return NULL;
}

static char *setting_of(const char *call, const char *name) {
  char key[64];
  snprintf(key, sizeof key, "%s.%s", call, name);
  return setting(key);
}

static long number(const char *text, long otherwise) { return text ? atol(text) : otherwise; }

/* Errors and events of our own, which the real plugin must not see. */
struct own { int is_event, code; const char *text; struct own *next; };
static struct own *owned;

static struct own *make(int is_event, long code, const char *text) {
  struct own *made = malloc(sizeof *made);
  pthread_mutex_lock(&lock);
  *made = (struct own){ is_event, (int)code, text, owned };
  owned = made;
  pthread_mutex_unlock(&lock);
  return made;
}

static struct own *find(void *pointer) {
  pthread_mutex_lock(&lock);
  struct own *each = owned;
  while (each && each != pointer) each = each->next;
  pthread_mutex_unlock(&lock);
  return each;
}

static void *error_message(void *args) {
  struct own *own = find(AT(void *, args, 16));
  if (!own) return real[ERROR_MESSAGE / 8](args);
  AT(const char *, args, 24) = own->text;
  AT(size_t, args, 32) = strlen(own->text);
  return NULL;
}
static void *error_get_code(void *args) {
  struct own *own = find(AT(void *, args, 16));
  if (!own) return real[ERROR_GET_CODE / 8](args);
  AT(int, args, 24) = own->code;
  return NULL;
}
static void *error_destroy(void *args) {
  return find(AT(void *, args, 16)) ? NULL : real[ERROR_DESTROY / 8](args);
}
static void *event_destroy(void *args) {
  return find(AT(void *, args, 16)) ? NULL : real[EVENT_DESTROY / 8](args);
}
static void *event_is_ready(void *args) {
  if (!find(AT(void *, args, 16))) return real[EVENT_IS_READY / 8](args);
  AT(char, args, 24) = 0;
  return NULL;
}
static void *event_error(void *args) {
  struct own *own = find(AT(void *, args, 16));
  return own ? make(0, own->code, own->text) : real[EVENT_ERROR / 8](args);
}
static void *event_await(void *args) {
  struct own *own = find(AT(void *, args, 16));
  return own ? make(0, own->code, own->text) : real[EVENT_AWAIT / 8](args);
}

/* Programs whose text has what "execute.match" says, among the loaded executables. */
static struct matched { void *executable; struct matched *next; } *matched;

static int is_matched(void *executable) {
  pthread_mutex_lock(&lock);
  struct matched *each = matched;
  while (each && each->executable != executable) each = each->next;
  pthread_mutex_unlock(&lock);
  return each != NULL;
}

/* Calls that can fail. */
enum call { INITIALIZE, CREATE, COMPILE, PUT, EXECUTE, CALLS };
static const char *const names[CALLS] = { "initialize", "create", "compile", "put", "execute" };
static long counts[CALLS];

/* Does to a call what its settings say: returns an error, waits, or ends the process. */
static void *fault(enum call call) {
  const char *name = names[call];
  pthread_mutex_lock(&lock);
  long count = ++counts[call], first = number(setting_of(name, "first"), 1);
  pthread_mutex_unlock(&lock);
  if (count < first || count >= first + number(setting_of(name, "times"), 1 << 30)) return NULL;
  char *log = setting_of(name, "log"), *text = setting_of(name, "text");
  if (log) fprintf(stderr, "%s\n", log);
  sleep(number(setting_of(name, "sleep"), 0));
  if (setting_of(name, "abort")) abort();
  return text ? make(0, number(setting_of(name, "code"), 13), text) : NULL;
}

static void *plugin_initialize(void *args) {
  void *error = fault(INITIALIZE);
  return error ? error : real[PLUGIN_INITIALIZE / 8](args);
}

/* The options are the GPU plugin's; the real one gets the number of devices instead. */
static void *client_create(void *args) {
  void *error = fault(CREATE);
  if (error) return error;
  char *devices = setting("devices"), named[56] = { 0 };
  AT(size_t, named, 0) = sizeof named;
  AT(const char *, named, 16) = "cpu_device_count";
  AT(size_t, named, 24) = strlen("cpu_device_count");
  AT(int, named, 32) = 1;
  AT(int64_t, named, 40) = number(devices, 1) < 1 ? 1 : number(devices, 1);
  AT(size_t, named, 48) = 1;
  AT(void *, args, 16) = named;
  AT(size_t, args, 24) = 1;
  return real[CLIENT_CREATE / 8](args);
}

static void *text_or_real(void *args, const char *name, int offset) {
  char *text = setting(name);
  if (!text) return real[offset / 8](args);
  AT(char *, args, 24) = text;
  AT(size_t, args, 32) = strlen(text);
  return NULL;
}
static void *platform_name(void *args) {
  return text_or_real(args, "platform", CLIENT_PLATFORM_NAME);
}
static void *platform_version(void *args) {
  return text_or_real(args, "platform_version", CLIENT_PLATFORM_VERSION);
}
static void *device_kind(void *args) {
  return text_or_real(args, "device_kind", DEVICE_DESCRIPTION_KIND);
}
static void *addressable_devices(void *args) {
  void *error = real[CLIENT_ADDRESSABLE_DEVICES / 8](args);
  if (!error && number(setting("devices"), 1) == 0) {
    AT(void *, args, 24) = NULL;
    AT(size_t, args, 32) = 0;
  }
  return error;
}

static int contains(void *args, const char *text) {
  void *program = AT(void *, args, 24);
  return memmem(AT(char *, program, 16), AT(size_t, program, 24), text, strlen(text)) != NULL;
}

static void *client_compile(void *args) {
  char *match = setting("compile.match"), *unless = setting("compile.unless");
  int spared = (match && !contains(args, match)) ||
    (unless && memmem(AT(char *, args, 32), AT(size_t, args, 40), unless, strlen(unless)));
  void *error = spared ? NULL : fault(COMPILE);
  if (!error) error = real[CLIENT_COMPILE / 8](args);
  char *executes = setting("execute.match");
  if (!error && (!executes || contains(args, executes))) {
    struct matched *made = malloc(sizeof *made);
    pthread_mutex_lock(&lock);
    *made = (struct matched){ AT(void *, args, 48), matched };
    matched = made;
    pthread_mutex_unlock(&lock);
  }
  return error;
}

static void *execute(void *args) {
  if (!is_matched(AT(void *, args, 16))) return real[LOADED_EXECUTE / 8](args);
  void *error = fault(EXECUTE);
  if (!error || !setting("execute.later")) return error ? error : real[LOADED_EXECUTE / 8](args);
  void *failed = real[LOADED_EXECUTE / 8](args);
  if (!failed && AT(void **, args, 64)) {
    struct own *own = error;
    AT(void **, args, 64)[0] = make(1, own->code, own->text);
  }
  return failed;
}

static void *buffer_from_host(void *args) {
  void *error = fault(PUT);
  return error ? error : real[BUFFER_FROM_HOST / 8](args);
}

static void replace(int offset, function with) {
  real[offset / 8] = AT(function, table, offset);
  AT(function, table, offset) = with;
}

static char *read_settings(void) {
  Dl_info here;
  char path[PATH_MAX];
  if (!dladdr((void *)read_settings, &here)) return NULL;
  snprintf(path, sizeof path, "%s", here.dli_fname);
  snprintf(strrchr(path, '/') + 1, 32, "stand_in.txt");
  FILE *file = fopen(path, "r");
  if (!file) return NULL;
  char *text = calloc(1, 1 << 16);
  size_t size = fread(text, 1, (1 << 16) - 1, file);
  text[size] = 0;
  fclose(file);
  return text;
}

void *GetPjrtApi(void) {
  if (table) return table;
  settings = read_settings();
  char *path = setting("real");
  void *library = path ? dlopen(path, RTLD_NOW | RTLD_NODELETE) : NULL;
  if (!library) {
    fprintf(stderr, "The stand-in cannot load \"%s\": %s\n", path ? path : "", dlerror());
    return NULL;
  }
  char *theirs = ((char *(*)(void))dlsym(library, "GetPjrtApi"))();
  table = malloc(AT(size_t, theirs, STRUCT_SIZE));
  memcpy(table, theirs, AT(size_t, theirs, STRUCT_SIZE));
  AT(int, table, MAJOR) = (int)number(setting("major"), AT(int, theirs, MAJOR));
  AT(int, table, MINOR) = (int)number(setting("minor"), AT(int, theirs, MINOR));
  replace(ERROR_DESTROY, error_destroy);
  replace(ERROR_MESSAGE, error_message);
  replace(ERROR_GET_CODE, error_get_code);
  replace(PLUGIN_INITIALIZE, plugin_initialize);
  replace(EVENT_DESTROY, event_destroy);
  replace(EVENT_IS_READY, event_is_ready);
  replace(EVENT_ERROR, event_error);
  replace(EVENT_AWAIT, event_await);
  replace(CLIENT_CREATE, client_create);
  replace(CLIENT_PLATFORM_NAME, platform_name);
  replace(CLIENT_PLATFORM_VERSION, platform_version);
  replace(CLIENT_ADDRESSABLE_DEVICES, addressable_devices);
  replace(CLIENT_COMPILE, client_compile);
  replace(BUFFER_FROM_HOST, buffer_from_host);
  replace(DEVICE_DESCRIPTION_KIND, device_kind);
  replace(LOADED_EXECUTE, execute);
  return table;
}
