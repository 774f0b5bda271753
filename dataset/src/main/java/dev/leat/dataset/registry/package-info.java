/**
 * Where sealed versions are kept: a prefix in a store, without a server. Records of versions, tags and pins that point at them,
 * and manifests, which versions may share.
 */
@NullMarked
package dev.leat.dataset.registry;

import org.jspecify.annotations.NullMarked;
