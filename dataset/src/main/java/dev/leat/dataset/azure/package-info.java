/**
 * Containers of Azure Blob Storage. The only package that knows its requests, their signatures, and how credentials are found.
 */
@NullMarked
package dev.leat.dataset.azure;

import org.jspecify.annotations.NullMarked;
