import Testing

@testable import SluicePostgres

@Suite struct RowArraysTests {
    @Test("NULLs stand only before a value: unnest pads the rest")
    func leavesOutWhatUnnestPads() {
        var rows = RowArrays(columnCount: 4)
        for number in Int64(0)..<5 {
            rows.add(number)
            rows.add(number % 2 == 1 ? "t\(number)\"\\" : nil)
            rows.add(number == 0 ? "first" : nil)
            rows.add(nil as Int64?)
            rows.endRow()
        }
        var statement = Statement("")
        statement.add(rows)
        let text = String(decoding: statement.bytes, as: UTF8.self).split(separator: "\0")
        #expect(text == ["{0,1,2,3,4}", #"{NULL,"t1\"\\",NULL,"t3\"\\"}"#, #"{"first"}"#, "{}"])
        #expect(statement.offsets.count == 4)
    }
}
