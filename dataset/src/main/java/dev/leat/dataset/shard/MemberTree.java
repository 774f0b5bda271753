package dev.leat.dataset.shard;

import dev.leat.store.StoreException;
import dev.leat.store.StoreException.Kind;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The members of a shard as directories of files. */
final class MemberTree {
    private final String shard;
    private final Map<String, Map<String, ShardIndex.@Nullable Member>> directories = new HashMap<>();

    MemberTree(ShardIndex index) {
        this.shard = index.shard();
        directories.put("", new TreeMap<>());
        for (ShardIndex.Member member : index.members()) {
            add(member);
        }
    }

    private void add(ShardIndex.Member member) {
        String directory = "";
        String[] names = member.name().split("/");
        int last = names.length - 1;
        for (int i = 0; i <= last; i++) {
            String name = names[i];
            if (name.equals("..")) {
                // It would lead out of the shard.
                return;
            }
            if (name.isEmpty() || name.equals(".")) {
                // As in ./a/b and /a/b, which tar files have.
                continue;
            }
            Map<String, ShardIndex.@Nullable Member> entries =
                    directories.computeIfAbsent(directory, _ -> new TreeMap<>());
            String path = directory.isEmpty() ? name : directory + "/" + name;
            if (i == last) {
                // The last one of a name counts, as when unpacking; a directory of that name is shown instead of a
                // file.
                if (!directories.containsKey(path)) {
                    entries.put(name, member);
                }
            } else {
                entries.put(name, null);
                directories.putIfAbsent(path, new TreeMap<>());
            }
            directory = path;
        }
    }

    /** The names of a directory, with null for directories. */
    Map<String, ShardIndex.@Nullable Member> list(String directory) throws StoreException {
        Map<String, ShardIndex.@Nullable Member> entries = directories.get(directory);
        if (entries == null) {
            throw none(directory);
        }
        return entries;
    }

    /** The file of a path; null if it is a directory. */
    ShardIndex.@Nullable Member find(String path) throws StoreException {
        if (directories.containsKey(path)) {
            return null;
        }
        int slash = path.lastIndexOf('/');
        Map<String, ShardIndex.@Nullable Member> entries = directories.get(slash < 0 ? "" : path.substring(0, slash));
        ShardIndex.Member member = entries == null ? null : entries.get(path.substring(slash + 1));
        if (member == null) {
            throw none(path);
        }
        return member;
    }

    private StoreException none(String path) {
        return new StoreException(Kind.NOT_FOUND, "there is no " + path + " in " + shard);
    }
}
