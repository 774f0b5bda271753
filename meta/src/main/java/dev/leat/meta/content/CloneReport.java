package dev.leat.meta.content;

/**
 * What was cloned.
 *
 * @param files files and other inodes that are no directories
 * @param directories directories
 * @param bytes bytes that the copies share with their originals
 */
public record CloneReport(long files, long directories, long bytes) {}
