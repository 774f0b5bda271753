/** Steers pods to the nodes that hold their datasets. */
@NullMarked
package dev.leat.kube.webhook;

import org.jspecify.annotations.NullMarked;
