package dev.leat.cli.doctor;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What was found in one place.
 *
 * @param grade how bad it is
 * @param subject what was looked at
 * @param text what was found, and how to mend it
 */
public record Finding(Grade grade, String subject, String text) {
    /** How bad it is. */
    public enum Grade {
        OK,
        NOTE,
        WARNING,
        FAILURE
    }

    static Finding ok(String subject, String text) {
        return new Finding(Grade.OK, subject, text);
    }

    static Finding note(String subject, String text) {
        return new Finding(Grade.NOTE, subject, text);
    }

    static Finding warning(String subject, String text) {
        return new Finding(Grade.WARNING, subject, text);
    }

    static Finding failure(String subject, String text) {
        return new Finding(Grade.FAILURE, subject, text);
    }

    /** For programs. */
    public Map<String, Object> facts() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("grade", grade.name().toLowerCase(Locale.ROOT));
        facts.put("subject", subject);
        facts.put("text", text);
        return facts;
    }
}
