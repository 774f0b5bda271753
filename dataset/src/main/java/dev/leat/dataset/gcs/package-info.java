/**
 * Buckets of Google Cloud Storage by its JSON API. The only package that knows it, and how Google's credentials are found.
 */
@NullMarked
package dev.leat.dataset.gcs;

import org.jspecify.annotations.NullMarked;
