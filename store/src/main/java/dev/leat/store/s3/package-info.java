/**
 * Object stores that speak S3: AWS, MinIO, Ceph RGW and others. {@link dev.leat.store.s3.S3Store} is the store, {@link
 * dev.leat.store.s3.S3Options} what it can be told, {@link dev.leat.store.s3.Dialect} how servers differ.
 */
@NullMarked
package dev.leat.store.s3;

import org.jspecify.annotations.NullMarked;
