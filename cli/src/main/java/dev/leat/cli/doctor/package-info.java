/** What this machine lacks, or does, that Leat's users would notice. */
@NullMarked
package dev.leat.cli.doctor;

import org.jspecify.annotations.NullMarked;
