import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.util.Calendar;
import java.util.Date;
import java.util.GregorianCalendar;
import java.util.TimeZone;
import org.quartz.CronExpression;
import org.quartz.DateBuilder.IntervalUnit;
import org.quartz.impl.triggers.AbstractTrigger;
import org.quartz.impl.triggers.CalendarIntervalTriggerImpl;
import org.quartz.impl.triggers.CronTriggerImpl;
import org.quartz.impl.triggers.SimpleTriggerImpl;

/** The real Quartz's side of `make differential` and of the bench of next times. */
public class QuartzPeer {
    public static void main(String[] arguments) throws Exception {
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
        StringBuilder out = new StringBuilder();
        String mode = arguments.length > 0 ? arguments[0] : "";
        if (mode.equals("year")) { System.out.println(CronExpression.MAX_YEAR); return; }
        if (mode.equals("zone-version")) {
            System.out.println(sun.util.calendar.ZoneInfoFile.getVersion());
            return;
        }
        if (mode.equals("bench")) { bench(Integer.parseInt(arguments[1])); return; }
        if (mode.equals("ids")) {
            for (String id : TimeZone.getAvailableIDs()) System.out.println(id);
            return;
        }
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        java.io.PrintStream stdout = new java.io.PrintStream(System.out, false, "UTF-8");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (mode.equals("zones")) zones(line, stdout);
            else stdout.println(answerInTime(line.split("\t", -1)));
        }
        stdout.flush();
        System.exit(0);
    }

    static java.util.concurrent.ExecutorService worker = newWorker();

    static java.util.concurrent.ExecutorService newWorker() {
        return java.util.concurrent.Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Some expressions make Quartz search for ever; that thread is left behind. */
    static String answerInTime(String[] p) throws Exception {
        try {
            return worker.submit(() -> answer(p)).get(3, java.util.concurrent.TimeUnit.SECONDS);
        } catch (java.util.concurrent.TimeoutException e) {
            worker = newWorker();
            return p[0] + "\thangs";
        }
    }

    static String answer(String[] p) {
        try {
            if (p[1].equals("cron")) return p[0] + "\t" + cron(p);
            if (p[1].equals("misfire")) return p[0] + "\tmisfire\t" + misfire(p);
            return p[0] + "\t" + trigger(p[1], p, 2);
        } catch (Exception e) {
            return p[0] + "\tthrew " + e;
        }
    }

    static String cron(String[] p) {
        CronExpression expression;
        try {
            expression = new CronExpression(p[2]);
        } catch (java.text.ParseException e) {
            return "rejected";
        }
        expression.setTimeZone(TimeZone.getTimeZone(p[3]));
        StringBuilder text = new StringBuilder("ok");
        Date time = new Date(Long.parseLong(p[4]));
        try {
            for (int i = Integer.parseInt(p[5]); i > 0; i--) {
                time = expression.getTimeAfter(time);
                if (time == null) return text.append(" end").toString();
                text.append(' ').append(time.getTime());
            }
        } catch (RuntimeException e) {
            return text.append(" end").toString();
        }
        return text.toString();
    }

    static AbstractTrigger<?> make(String kind, String[] p, int at) throws Exception {
        AbstractTrigger<?> made;
        if (kind.equals("simple")) {
            SimpleTriggerImpl trigger = new SimpleTriggerImpl();
            trigger.setRepeatInterval(Long.parseLong(p[at + 2]));
            trigger.setRepeatCount(Integer.parseInt(p[at + 3]));
            made = trigger;
        } else if (kind.equals("cron")) {
            CronTriggerImpl trigger = new CronTriggerImpl();
            trigger.setTimeZone(TimeZone.getTimeZone(p[at + 4]));
            trigger.setCronExpression(p[at + 2]);
            made = trigger;
        } else {
            CalendarIntervalTriggerImpl trigger = new CalendarIntervalTriggerImpl();
            trigger.setRepeatInterval(Integer.parseInt(p[at + 2]));
            trigger.setRepeatIntervalUnit(IntervalUnit.valueOf(p[at + 3]));
            trigger.setTimeZone(TimeZone.getTimeZone(p[at + 4]));
            trigger.setPreserveHourOfDayAcrossDaylightSavings(p[at + 5].contains("p"));
            trigger.setSkipDayIfHourDoesNotExist(p[at + 5].contains("s"));
            made = trigger;
        }
        made.setStartTime(new Date(Long.parseLong(p[at])));
        if (!p[at + 1].isEmpty()) made.setEndTime(new Date(Long.parseLong(p[at + 1])));
        return made;
    }

    static String trigger(String kind, String[] p, int at) throws Exception {
        AbstractTrigger<?> trigger = make(kind, p, at);
        StringBuilder text = new StringBuilder("ok");
        Date time = new Date(Long.parseLong(p[at + 6]));
        for (int i = 0; i < 12; i++) {
            Date next = trigger.getFireTimeAfter(time);
            // When it gives up, Quartz names the last time again and again.
            if (next == null || !next.after(time)) { text.append(" end"); break; }
            time = next;
            text.append(' ').append(time.getTime());
        }
        Date last = trigger.getFinalFireTime();
        return text + " final " + (last == null ? "none" : "" + last.getTime());
    }

    /** Quartz takes "now" from the clock; so the times are moved until the question's now is the clock's. */
    static String misfire(String[] p) throws Exception {
        long asked = Long.parseLong(p[10]);
        if (!p[2].equals("simple")) return laterMisfire(p, asked);
        for (int attempt = 0; attempt < 100; attempt++) {
            String answer = simpleMisfire(p.clone(), asked);
            if (!answer.equals("late")) return answer;
        }
        return "late";
    }

    static String simpleMisfire(String[] p, long asked) throws Exception {
        long shift = System.currentTimeMillis() + 2 - asked;
        p[3] = "" + (Long.parseLong(p[3]) + shift);
        if (!p[4].isEmpty()) p[4] = "" + (Long.parseLong(p[4]) + shift);
        SimpleTriggerImpl trigger = (SimpleTriggerImpl) make(p[2], p, 3);
        trigger.setNextFireTime(new Date(Long.parseLong(p[11]) + shift));
        trigger.setTimesTriggered(Integer.parseInt(p[12]));
        trigger.setMisfireInstruction(Integer.parseInt(p[13]));
        while (System.currentTimeMillis() < asked + shift) Thread.onSpinWait();
        trigger.updateAfterMisfire(null);
        boolean isLate = System.currentTimeMillis() > asked + shift;
        if (isLate) return "late";
        Date next = trigger.getNextFireTime();
        String first = next == null ? "none" : "" + (next.getTime() - shift);
        return first + " " + (trigger.getStartTime().getTime() - shift) + " " + trigger.getRepeatCount() + " "
            + trigger.getTimesTriggered();
    }

    /** Calendar times cannot be moved: a next time of the clock's now is read as the question's now. */
    static String laterMisfire(String[] p, long asked) throws Exception {
        AbstractTrigger<?> trigger = make(p[2], p, 3);
        long missed = Long.parseLong(p[11]);
        int code = Integer.parseInt(p[13]);
        if (code == 2) {
            Date next = trigger.getFireTimeAfter(new Date(asked));
            return next == null ? "none" : "" + next.getTime();
        }
        if (trigger instanceof CronTriggerImpl) ((CronTriggerImpl) trigger).setNextFireTime(new Date(missed));
        else ((CalendarIntervalTriggerImpl) trigger).setNextFireTime(new Date(missed));
        trigger.setMisfireInstruction(code);
        long before = System.currentTimeMillis();
        trigger.updateAfterMisfire(null);
        long next = trigger.getNextFireTime().getTime();
        return "" + (next >= before && next <= System.currentTimeMillis() ? asked : next);
    }

    static void zones(String id, java.io.PrintStream out) {
        TimeZone zone = TimeZone.getTimeZone(id);
        int[] offsets = new int[2];
        for (int year = 1970; year <= 2199; year++) {
            long start = java.time.LocalDate.of(year, 1, 1).toEpochDay() * 86400L;
            long end = java.time.LocalDate.of(year + 1, 1, 1).toEpochDay() * 86400L;
            long sum = 0;
            for (long second = start; second < end; second += 13020) {
                sum = sum * 31 + zone.getOffset(second * 1000) / 1000;
                ((sun.util.calendar.ZoneInfo) zone).getOffsetsByWall(second * 1000, offsets);
                sum = sum * 31 + (offsets[0] + offsets[1]) / 1000;
            }
            out.println(id + " " + year + " " + sum);
        }
    }

    static final String[][] CASES = {
        {"0 0 12 * * ?", "UTC"}, {"0 0/5 * * * ?", "Europe/Berlin"}, {"0 15 10 ? * MON-FRI", "America/New_York"},
        {"0 0 3 L * ?", "Europe/London"}, {"0 30 2 ? * 6L", "Australia/Sydney"}, {"0 0 8-17 ? * 2-6", "Europe/Berlin"},
        {"0 0 0 1 1 ?", "UTC"}, {"*/30 * * * * ?", "Asia/Kolkata"}, {"0 0 6 15W * ?", "America/New_York"},
        {"0 45 23 ? * 6#3", "Europe/Berlin"},
    };

    static void bench(int seconds) throws Exception {
        CronExpression[] all = new CronExpression[CASES.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = new CronExpression(CASES[i][0]);
            all[i].setTimeZone(TimeZone.getTimeZone(CASES[i][1]));
        }
        for (int i = 0; i < 20; i++) round(all);
        java.lang.management.ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long begin = threads.getCurrentThreadCpuTime();
        long count = 0;
        while (threads.getCurrentThreadCpuTime() - begin < seconds * 1_000_000_000L) count += round(all);
        double spent = (threads.getCurrentThreadCpuTime() - begin) / 1e9;
        System.out.println("next-times-per-cpu-second " + (long) (count / spent) + " sum " + (sum == 0 ? 0 : 1));
    }

    static long sum;

    static long round(CronExpression[] all) {
        long count = 0;
        for (CronExpression expression : all) {
            Date time = new Date(1704067200000L);
            for (int step = 0; step < 2000; step++) {
                if (step % 50 == 0) time = new Date(1704067200000L + step * 3600000L);
                time = expression.getTimeAfter(time);
                if (time == null) break;
                sum += time.getTime();
                count++;
            }
        }
        return count;
    }
}
