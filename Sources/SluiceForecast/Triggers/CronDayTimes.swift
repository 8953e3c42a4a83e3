/// The times of a day that fires, as masks.
struct CronDayTimes {
    var seconds: UInt64
    var minutes: UInt64
    var hours: UInt64

    /// The times that two have.
    static func & (left: Self, right: Self) -> Self {
        Self(
            seconds: left.seconds & right.seconds, minutes: left.minutes & right.minutes,
            hours: left.hours & right.hours)
    }

    /// How many there are before a second of the day, counted from its midnight.
    func count(before time: Int) -> Int {
        let perMinute = seconds.nonzeroBitCount
        let perHour = minutes.nonzeroBitCount * perMinute
        guard time < 86_400 else { return hours.nonzeroBitCount * perHour }
        let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60)
        func below(_ mask: UInt64, _ bit: Int) -> Int { (mask & (1 << UInt64(bit) - 1)).nonzeroBitCount }
        let count = below(hours, hour) * perHour
        guard hours >> UInt64(hour) & 1 == 1 else { return count }
        guard minutes >> UInt64(minute) & 1 == 1 else { return count + below(minutes, minute) * perMinute }
        return count + below(minutes, minute) * perMinute + below(seconds, second)
    }
}
