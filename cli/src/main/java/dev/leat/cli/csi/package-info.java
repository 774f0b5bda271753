/** What the CSI plugin needs of the data path: volumes made for Kubernetes. */
@NullMarked
package dev.leat.cli.csi;

import org.jspecify.annotations.NullMarked;
