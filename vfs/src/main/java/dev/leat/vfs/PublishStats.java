package dev.leat.vfs;

/**
 * What was published since the mount began.
 *
 * @param files publications of a file that were committed
 * @param failures publications that failed; their bytes wait in the work file and are tried again
 * @param packs objects sent that several small files share, or that one small file has alone
 * @param packedFiles files in them
 * @param packedBytes their size
 */
public record PublishStats(long files, long failures, long packs, long packedFiles, long packedBytes) {}
