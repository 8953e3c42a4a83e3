import SluiceModel

/// Java's `GregorianCalendar`, lenient, as far as Quartz uses it: fields that may be out of range until they are read,
/// and then settle through the zone. Years before 1583 are Gregorian too, unlike Java's.
struct LenientCalendar {
    private let zone: ZoneTable
    private(set) var year = 1970
    /// 1 to 12 once settled.
    private(set) var month = 1
    private(set) var day = 1
    private(set) var hour = 0
    private(set) var minute = 0
    private(set) var second = 0
    /// Seconds since the epoch.
    private(set) var instant: Int64
    private(set) var offset: Int64 = 0
    private var days: Int64 = 0

    /// At an instant.
    init(_ zone: ZoneTable, at instant: Int64) {
        self.zone = zone
        self.instant = instant
        readFields()
    }

    /// 1 is Sunday.
    var weekday: Int { Int(CivilDate.weekday(daysSinceEpoch: days)) + 1 }

    /// Sets fields and settles: nil leaves a field as it is.
    mutating func set(
        year: Int? = nil, month: Int? = nil, day: Int? = nil, hour: Int? = nil, minute: Int? = nil, second: Int? = nil
    ) {
        let monthIndex = (month ?? self.month) - 1
        let carry = Int(Int64(monthIndex).flooredQuotient(by: 12))
        let first = CivilDate.daysSinceEpoch(
            year: (year ?? self.year) + carry, month: monthIndex - carry * 12 + 1, day: 1)
        let date = first + Int64((day ?? self.day) - 1)
        let time = Int64((hour ?? self.hour) * 3600 + (minute ?? self.minute) * 60 + (second ?? self.second))
        let wall = date * 86_400 + time
        instant = wall - zone.offset(atWall: wall)
        readFields()
    }

    /// Moves the instant.
    mutating func move(to instant: Int64) {
        self.instant = instant
        readFields()
    }

    /// `add(DAY_OF_YEAR, n)`: the wall time stays where the zone lets it.
    mutating func add(days count: Int64) {
        let date = days + count
        let time = Int64(hour * 3600 + minute * 60 + second)
        let before = offset
        move(to: date * 86_400 + time - before)
        let shift = before - offset
        guard shift != 0 else { return }
        let landed = instant
        move(to: landed + shift)
        if days != date { move(to: landed) }
    }

    /// `add(MONTH, n)` and `add(YEAR, n)`: a day that the month has not becomes its last.
    mutating func add(months count: Int) {
        let index = month - 1 + count
        let carry = Int(Int64(index).flooredQuotient(by: 12))
        let (newYear, newMonth) = (year + carry, index - carry * 12 + 1)
        set(year: newYear, month: newMonth, day: min(day, CivilDate.daysInMonth(year: newYear, month: newMonth)))
    }

    private mutating func readFields() {
        offset = zone.span(at: instant).offset
        let wall = instant + offset
        days = wall.flooredQuotient(by: 86_400)
        let time = Int(wall - days * 86_400)
        (year, month, day) = CivilDate.civil(daysSinceEpoch: days)
        (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60)
    }
}
