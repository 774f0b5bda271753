/** What commands print: tables, facts as JSON, progress. */
@NullMarked
package dev.leat.cli.output;

import org.jspecify.annotations.NullMarked;
