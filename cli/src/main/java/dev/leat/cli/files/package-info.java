/** Local files and folders of commands. */
@NullMarked
package dev.leat.cli.files;

import org.jspecify.annotations.NullMarked;
