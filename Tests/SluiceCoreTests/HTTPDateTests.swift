import SluiceModel
import Testing

/// The `Date` of HTTP answers.
struct HTTPDateTests {
    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"),
        ("Sat, 29 Feb 2020 23:59:59 GMT", "2020-02-29T23:59:59Z"),
        ("Sun, 06 Nov 1994 08:49:37 UTC", nil), ("Sunday, 06-Nov-94 08:49:37 GMT", nil),
        ("Sun, 31 Nov 1994 08:49:37 GMT", nil), ("Sun, 6 Nov 1994 08:49:37 GMT", nil), ("", nil),
        ("Sun, 06 Brumaire 1994 08:49:37 GMT", nil),
    ])
    func reads(_ text: String, _ expected: String?) {
        #expect(Timestamp(httpDate: text)?.rfc3339 == expected)
    }
}
