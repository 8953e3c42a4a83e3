package sluice.quartz;

/** What came of a question. */
final class Decision {
    /** The gate's words, and that there was none. */
    enum Word {
        PROCEED,
        HOLD,
        REJECT,
        /** No usable answer within the time. */
        NONE,
        /** The gate will not take the question as it is: a wrong token, a wrong body. */
        REFUSED
    }

    final Word word;
    /** The reason's code, or what went wrong; never a secret. */
    final String reason;
    /** Of a hold. */
    String ticket;
    /** With {@code proceed}: for the gate step of the flow that the job starts. */
    String pass;

    /** The idempotency key it was asked with last. */
    String key;

    Decision(Word word, String reason) {
        this.word = word;
        this.reason = reason;
    }

    Decision of(String key) {
        this.key = key;
        return this;
    }
}
