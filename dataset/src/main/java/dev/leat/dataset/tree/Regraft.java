package dev.leat.dataset.tree;

import dev.leat.dataset.source.EntryKind;
import dev.leat.dataset.source.SourceEntry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/**
 * Brings what is known of a tree into line when its branches change: nodes of a source that is not shown there any more are
 * gone, directories that lead to branches are kept with their numbers, and whatever belongs to the other branches is left alone.
 */
final class Regraft {
    private final Branches before;
    private final Branches now;
    private final Nodes nodes;
    private final List<Tree.Name> changed = new ArrayList<>();

    private Regraft(Branches before, Branches now, Nodes nodes) {
        this.before = before;
        this.now = now;
        this.nodes = nodes;
    }

    /** Does it; returns the names of which the kernel may know what is not true any more, with all below them. */
    static List<Tree.Name> run(Branches before, Branches now, Nodes nodes) {
        Regraft regraft = new Regraft(before, now, nodes);
        Node root = nodes.root();
        if (root.branch() != now.of("")) {
            root.rebranch(now.of(""));
        }
        regraft.below(root, "");
        return regraft.changed;
    }

    private void below(Node directory, String path) {
        Collection<String> names = new TreeSet<>(before.names(path));
        names.addAll(now.names(path));
        for (String name : names) {
            String at = path.isEmpty() ? name : path + "/" + name;
            if (before.of(at) != now.of(at) || before.leads(at) != now.leads(at)) {
                changed.add(new Tree.Name(directory, name));
            }
        }
        for (Node child : List.copyOf(directory.directory().children.values())) {
            String at = path.isEmpty() ? child.name() : path + "/" + child.name();
            Branch should = now.of(at);
            boolean leads = now.leads(at);
            if (child.isDirectory() && (leads || (before.leads(at) && hasDirectory(directory, child.name())))) {
                if (child.branch() != should) {
                    child.rebranch(should);
                }
                below(child, at);
            } else if (child.branch() != should || leads || before.leads(at)) {
                changed.add(new Tree.Name(directory, child.name()));
                gone(child);
            }
        }
    }

    /** Whether the source that a directory is of has a directory of that name, too. */
    private static boolean hasDirectory(Node directory, String name) {
        Listing listed = directory.directory().listed;
        SourceEntry entry = listed == null ? null : listed.find(name);
        return entry != null && entry.facts().kind() == EntryKind.DIRECTORY;
    }

    /** A node and all below it are of no use any more, except to who has them open. */
    private void gone(Node node) {
        node.gone();
        if (node.isDirectory()) {
            List.copyOf(node.directory().children.values()).forEach(this::gone);
        }
        Node parent = node.parent();
        if (parent != null) {
            parent.directory().children.remove(node.name(), node);
        }
        // One that the kernel has never heard of is forgotten by nobody.
        if (node.forgotten(0)) {
            nodes.drop(node);
        }
    }
}
