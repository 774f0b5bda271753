package dev.leat.meta.fs;

/**
 * What {@code statfs} shows.
 *
 * @param totalBytes the quota, or 1 PiB more than is used where there is none
 * @param freeBytes what may still be written
 * @param totalInodes the quota, or a great number
 * @param freeInodes what may still be created
 */
public record FsStat(long totalBytes, long freeBytes, long totalInodes, long freeInodes) {}
