/** What daemons tell the operator: the records that both sides know. */
@NullMarked
package dev.leat.kube.report;

import org.jspecify.annotations.NullMarked;
