/** What a daemon in a pod tells the operator of itself: how it is sent, and when. */
@NullMarked
package dev.leat.cli.report;

import org.jspecify.annotations.NullMarked;
