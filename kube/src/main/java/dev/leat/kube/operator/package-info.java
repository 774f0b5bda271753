/** Keeps the cluster as the specs say and the status as the daemons say. */
@NullMarked
package dev.leat.kube.operator;

import org.jspecify.annotations.NullMarked;
