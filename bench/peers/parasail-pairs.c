/*
 * The peer of bench/sequence-alignment.ts for lists of pairs, and of the agreement of all modes: query i against target i,
 * or with one query against every target, one thread.
 *
 *   gcc -O3 -march=native parasail-pairs.c -lparasail -o parasail-pairs
 *   ./parasail-pairs FUNCTION SCORING QUERIES QUERY_OFFSETS TARGETS TARGET_OFFSETS GAP_OPEN GAP_EXTEND SCORES
 *
 * SCORING: the name of a matrix, or MATCH,MISMATCH over ACGT, where N mismatches with everything. QUERIES and TARGETS hold
 * letters, the offsets one uint32 more than there are sequences; SCORES gets one int32 a pair. Where a function of 8 bits
 * saturates, the same one of 16 bits is run again, and counted in the time. Prints CPU seconds and parasail's version.
 */
#include <parasail.h>
#include <parasail/function_lookup.h>
#include <parasail/matrix_lookup.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *whole_file(const char *path, size_t *bytes) {
  FILE *file = fopen(path, "rb");
  if (!file) { perror(path); exit(1); }
  fseek(file, 0, SEEK_END);
  *bytes = (size_t)ftell(file);
  rewind(file);
  char *content = malloc(*bytes + 1);
  if (!content || fread(content, 1, *bytes, file) != *bytes) { perror(path); exit(1); }
  content[*bytes] = 0;
  fclose(file);
  return content;
}

static double cpu_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int main(int count, char **arguments) {
  if (count != 10) {
    fprintf(stderr, "usage: parasail-pairs FUNCTION SCORING QUERIES QUERY_OFFSETS TARGETS TARGET_OFFSETS GAP_OPEN GAP_EXTEND SCORES\n");
    return 2;
  }
  size_t bytes, query_count, target_count;
  char *queries = whole_file(arguments[3], &bytes);
  uint32_t *query_offsets = (uint32_t *)(void *)whole_file(arguments[4], &bytes);
  query_count = bytes / sizeof *query_offsets - 1;
  char *targets = whole_file(arguments[5], &bytes);
  uint32_t *target_offsets = (uint32_t *)(void *)whole_file(arguments[6], &bytes);
  target_count = bytes / sizeof *target_offsets - 1;
  const int open = atoi(arguments[7]), extend = atoi(arguments[8]);
  int match, mismatch;
  const parasail_matrix_t *matrix;
  if (sscanf(arguments[2], "%d,%d", &match, &mismatch) == 2) {
    parasail_matrix_t *own = parasail_matrix_create("ACGTN", match, mismatch);
    parasail_matrix_set_value(own, 4, 4, mismatch);
    matrix = own;
  }
  else matrix = parasail_matrix_lookup(arguments[2]);
  char wide[128];
  snprintf(wide, sizeof wide, "%s", arguments[1]);
  char *sat = strstr(wide, "_sat");
  if (sat) strcpy(sat, "_16");
  parasail_function_t *align = parasail_lookup_function(arguments[1]), *again = sat ? parasail_lookup_function(wide) : NULL;
  if (!align || !matrix) { fprintf(stderr, "parasail has no %s or %s\n", arguments[1], arguments[2]); return 1; }
  int32_t *scores = malloc(target_count * sizeof *scores);

  const double start = cpu_seconds();
  for (size_t pair = 0; pair < target_count; pair++) {
    const size_t query = query_count == 1 ? 0 : pair;
    const char *q = queries + query_offsets[query], *t = targets + target_offsets[pair];
    const int m = (int)(query_offsets[query + 1] - query_offsets[query]), n = (int)(target_offsets[pair + 1] - target_offsets[pair]);
    parasail_result_t *result = align(q, m, t, n, open, extend, matrix);
    if (again && parasail_result_is_saturated(result)) {
      parasail_result_free(result);
      result = again(q, m, t, n, open, extend, matrix);
    }
    scores[pair] = result->score;
    parasail_result_free(result);
  }
  const double seconds = cpu_seconds() - start;

  FILE *out = fopen(arguments[9], "wb");
  if (!out || fwrite(scores, sizeof *scores, target_count, out) != target_count || fclose(out)) { perror(arguments[9]); return 1; }
  int major, minor, patch;
  parasail_version(&major, &minor, &patch);
  printf("{\"seconds\":%.6f,\"version\":\"%d.%d.%d\"}\n", seconds, major, minor, patch);
  return 0;
}
