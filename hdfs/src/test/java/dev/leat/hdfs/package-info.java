/** Tests of Hadoop file systems. */
@org.jspecify.annotations.NullMarked
package dev.leat.hdfs;
