/** An S3 server in this JVM that keeps objects in memory and fails on request. */
@NullMarked
package dev.leat.testing.s3;

import org.jspecify.annotations.NullMarked;
