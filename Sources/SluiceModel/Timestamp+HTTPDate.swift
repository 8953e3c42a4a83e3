extension Timestamp {
    /// Reads the `Date` of an HTTP answer, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, IMF-fixdate).
    ///
    /// The weekday is not looked at.
    /// - Returns: nil when it is written otherwise, or names a day that does not exist.
    public init?(httpDate text: some StringProtocol) {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[0].hasSuffix(","), parts[5] == "GMT", parts[1].count == 2, parts[3].count == 4,
            parts[4].count == 8,
            let month = Self.monthNames.firstIndex(of: String(parts[2]))
        else { return nil }
        let number = month + 1
        self.init(rfc3339: "\(parts[3])-\(number < 10 ? "0" : "")\(number)-\(parts[1])T\(parts[4])Z")
    }

    private static let monthNames = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
