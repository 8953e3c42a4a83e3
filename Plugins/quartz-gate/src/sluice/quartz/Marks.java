package sluice.quartz;

import org.quartz.JobDataMap;
import org.quartz.JobExecutionContext;

/** What a job finds in its merged data. That map is of this execution: nothing of it is stored. */
final class Marks {
    private static final String FALLBACK = "sluiceFallback";
    private static final String PASS = "sluicePass";

    private Marks() {}

    /** The gate let it through; never a veto. */
    static boolean admitted(JobExecutionContext context, Question question, Decision decision) {
        JobDataMap data = cleared(context, question);
        if (question.ticket != null) data.put(Records.TICKET, question.ticket);
        if (decision.pass != null) data.put(PASS, decision.pass);
        return false;
    }

    /** No gate decided. */
    static void unasked(JobExecutionContext context, Question question) {
        cleared(context, question).put(FALLBACK, "true");
    }

    /** A job that runs again at once gets the map of the run before, with the marks of that. */
    private static JobDataMap cleared(JobExecutionContext context, Question question) {
        JobDataMap data = context.getMergedJobDataMap();
        for (String name : new String[] {FALLBACK, Records.TICKET, PASS}) data.remove(name);
        data.put(Records.NOMINAL, question.nominalTime.toString());
        return data;
    }
}
