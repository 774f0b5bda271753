/** What is written about the commands: manual pages and a reference, both made from what the commands say of themselves. */
@NullMarked
package dev.leat.cli.manual;

import org.jspecify.annotations.NullMarked;
