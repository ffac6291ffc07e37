/*
 * The peer of bench/sequence-alignment.ts: one query profile against a whole database by parasail, one thread.
 *
 *   gcc -O3 -march=native parasail.c -lparasail -o parasail
 *   ./parasail FUNCTION QUERY RESIDUES OFFSETS GAP_OPEN GAP_EXTEND SCORES
 *
 * QUERY and RESIDUES hold letters, OFFSETS one uint32 more than there are targets; SCORES gets one int32 a target.
 * Prints the CPU seconds of profile and alignments, and parasail's version. BLOSUM62.
 */
#include <parasail.h>
#include <parasail/function_lookup.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
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
  if (count != 8) {
    fprintf(stderr, "usage: parasail FUNCTION QUERY RESIDUES OFFSETS GAP_OPEN GAP_EXTEND SCORES\n");
    return 2;
  }
  size_t length, residues, bytes;
  char *query = whole_file(arguments[2], &length);
  char *targets = whole_file(arguments[3], &residues);
  uint32_t *offsets = (uint32_t *)(void *)whole_file(arguments[4], &bytes);
  const size_t target_count = bytes / sizeof *offsets - 1;
  const int open = atoi(arguments[5]), extend = atoi(arguments[6]);
  parasail_pfunction_t *align = parasail_lookup_pfunction(arguments[1]);
  parasail_pcreator_t *create = parasail_lookup_pcreator(arguments[1]);
  const parasail_matrix_t *matrix = parasail_matrix_lookup("blosum62");
  if (!align || !create || !matrix) { fprintf(stderr, "parasail has no %s\n", arguments[1]); return 1; }
  int32_t *scores = malloc(target_count * sizeof *scores);

  const double start = cpu_seconds();
  parasail_profile_t *profile = create(query, (int)length, matrix);
  for (size_t target = 0; target < target_count; target++) {
    parasail_result_t *result =
        align(profile, targets + offsets[target], (int)(offsets[target + 1] - offsets[target]), open, extend);
    scores[target] = result->score;
    parasail_result_free(result);
  }
  parasail_profile_free(profile);
  const double seconds = cpu_seconds() - start;

  FILE *out = fopen(arguments[7], "wb");
  if (!out || fwrite(scores, sizeof *scores, target_count, out) != target_count || fclose(out)) { perror(arguments[7]); return 1; }
  int major, minor, patch;
  parasail_version(&major, &minor, &patch);
  printf("{\"seconds\":%.6f,\"version\":\"%d.%d.%d\"}\n", seconds, major, minor, patch);
  return 0;
}
