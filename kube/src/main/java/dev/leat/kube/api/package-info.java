/** The objects that Leat serves to Kubernetes: {@code data.fluid.io/v1alpha1} field by field, and {@code leat.dev/v1alpha1} for what that lacks. */
@NullMarked
package dev.leat.kube.api;

import org.jspecify.annotations.NullMarked;
