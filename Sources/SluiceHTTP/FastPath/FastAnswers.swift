import Hummingbird
import NIOCore
import NIOHTTP1
import SluiceCore
import SluiceEngine
import SluiceModel
import SluicePorts

/// Answers plain launch requests at once: those whose decision needs nothing from the store, neither before nor after.
///
/// The decision is made by the same functions as in `LaunchRoutes`, and the answer is the same (a test compares them).
struct FastAnswers: Sendable {
    let engine: Engine
    let sealer: any Sealer
    let access: Access
    let metrics: HTTPMetrics

    /// A whole answer of the open gate, or nil when the request has to go the long way; nothing has happened then.
    ///
    /// - Parameter date: The value of the `Date` header.
    func answer(
        _ body: ByteBuffer, by identity: Identity, allocator: ByteBufferAllocator, date: (Timestamp) -> String
    ) -> ByteBuffer? {
        guard identity.role >= .gate else { return nil }
        let began = engine.clocks.now()
        let request = body.withUnsafeReadableBytes { LaunchScanner.scan($0.bindMemory(to: UInt8.self)) }
        guard let request else { return nil }
        guard
            let prepared = try? engine.intake.prepare(
                request, ref: Ask.Ref(0), principal: identity.principal, sensitiveInputs: [],
                minted: engine.intake.mintedForNow(began)),
            prepared.warnings.isEmpty,
            let answer = engine.gatekeeper.answerNow(prepared.ask, at: began), let pass = answer.pass
        else { return nil }
        let text = sealer.makePass(pass)
        metrics.decided(
            answer.decision, request.source, took: engine.clocks.now().monotonic.since(began.monotonic))
        engine.monitor.proceeded(request.source)
        var buffer = allocator.buffer(capacity: 1024)
        write(answer, pass: text, isFlowKnown: prepared.isFlowKnown, date: date(began.wall), to: &buffer)
        return buffer
    }

    /// The bytes that `AnswerCodec` and the HTTP encoder would make of it.
    private func write(
        _ answer: Answer, pass: String, isFlowKnown: Bool?, date: String, to buffer: inout ByteBuffer
    ) {
        let reason = answer.decision.code
        let message = AnswerCodec.message(answer)
        let epoch = String(answer.epoch.number)
        let validFor = String(engine.configuration.gate.validFor.components.seconds)
        let flowKnown = isFlowKnown.map { $0 ? #","flowKnown":true"# : #","flowKnown":false"# } ?? ""
        // The fixed parts between them have 94 bytes.
        let length =
            94 + reason.utf8.count + message.utf8.count + pass.utf8.count + epoch.utf8.count + validFor.utf8.count
            + flowKnown.utf8.count
        buffer.writeStaticString(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nSluice-Decision: proceed\r\n")
        buffer.writeStaticString("Cache-Control: no-store\r\nContent-Length: ")
        buffer.writeString(String(length))
        buffer.writeStaticString("\r\nX-Request-Id: ")
        buffer.writeString(RequestID().description)
        buffer.writeStaticString("\r\nDate: ")
        buffer.writeString(date)
        buffer.writeStaticString("\r\n\r\n")
        let start = buffer.writerIndex
        buffer.writeStaticString(#"{"decision":"proceed","reason":{"code":""#)
        buffer.writeString(reason)
        buffer.writeStaticString(#"","message":""#)
        buffer.writeString(message)
        buffer.writeStaticString(#""},"pass":""#)
        buffer.writeString(pass)
        buffer.writeStaticString(#"","epoch":"#)
        buffer.writeString(epoch)
        buffer.writeStaticString(#","validForSeconds":"#)
        buffer.writeString(validFor)
        buffer.writeString(flowKnown)
        buffer.writeStaticString("}")
        assert(buffer.writerIndex - start == length)
    }
}

/// The value of the `Date` header (RFC 9110 section 5.6.7), made anew once a second.
struct HTTPDate {
    private var second: Int64 = .min
    private var text = ""

    mutating func text(at now: Timestamp) -> String {
        let second = now.milliseconds.flooredQuotient(by: 1000)
        if second != self.second {
            self.second = second
            text = Self.format(second: second)
        }
        return text
    }

    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    static func format(second: Int64) -> String {
        let days = second.flooredQuotient(by: 86_400)
        let rest = Int(second - days * 86_400)
        let (year, month, day) = CivilDate.civil(daysSinceEpoch: days)
        let weekday = weekdays[Int(days - days.flooredQuotient(by: 7) * 7)]
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(weekday), \(two(day)) \(months[month - 1]) \(year) "
            + "\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60)) GMT"
    }
}

extension Int64 {
    fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
