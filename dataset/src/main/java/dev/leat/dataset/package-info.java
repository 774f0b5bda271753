/**
 * Data sets in place: what lies in a bucket, behind a web server or in a mounted directory, as a tree that can be mounted.
 */
@NullMarked
package dev.leat.dataset;

import org.jspecify.annotations.NullMarked;
