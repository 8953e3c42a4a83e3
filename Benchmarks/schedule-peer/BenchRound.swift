import Glibc
import SluiceForecast
import SluiceModel

/// How many next times a second of this thread's work gives; the same expressions as `QuartzPeer.java bench`.
enum BenchRound {
    static let cases: [(expression: String, zone: String)] = [
        ("0 0 12 * * ?", "UTC"), ("0 0/5 * * * ?", "Europe/Berlin"), ("0 15 10 ? * MON-FRI", "America/New_York"),
        ("0 0 3 L * ?", "Europe/London"), ("0 30 2 ? * 6L", "Australia/Sydney"), ("0 0 8-17 ? * 2-6", "Europe/Berlin"),
        ("0 0 0 1 1 ?", "UTC"), ("*/30 * * * * ?", "Asia/Kolkata"), ("0 0 6 15W * ?", "America/New_York"),
        ("0 45 23 ? * 6#3", "Europe/Berlin"),
    ]

    static func run(seconds: Int) {
        let triggers = cases.compactMap { pair in
            (try? CronExpression(pair.expression)).map {
                Trigger(timing: .cron($0, Answers.zone(pair.zone)), start: .zero)
            }
        }
        var sum: Int64 = 0
        _ = round(triggers, 20, &sum)
        let begin = now()
        var count = 0
        while now() - begin < Double(seconds) { count += round(triggers, 2000, &sum) }
        print("next-times-per-cpu-second \(Int(Double(count) / (now() - begin))) sum \(sum == 0 ? 0 : 1)")
    }

    /// From the same instant on, so many times of each.
    private static func round(_ triggers: [Trigger], _ times: Int, _ sum: inout Int64) -> Int {
        var count = 0
        for trigger in triggers {
            var instant = Timestamp(milliseconds: 1_704_067_200_000)
            for step in 0..<times {
                // Back to the start before the rarest of them runs out of years.
                if step % 50 == 0 { instant = Timestamp(milliseconds: 1_704_067_200_000 + Int64(step) * 3_600_000) }
                guard let next = trigger.next(after: instant) else { break }
                sum = sum &+ next.milliseconds
                instant = next
                count += 1
            }
        }
        return count
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
