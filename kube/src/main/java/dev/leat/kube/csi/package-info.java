/** The CSI driver: volumes that pods mount. */
@NullMarked
package dev.leat.kube.csi;

import org.jspecify.annotations.NullMarked;
