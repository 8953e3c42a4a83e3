import HTTPTypes
import Hummingbird
import NIOCore
import SluiceEngine
import SluiceForecast
import SluiceJSON
import SluiceModel
import SluicePorts
import Synchronization

/// `GET /v1/forecast` and `GET /v1/forecast/quiet`.
struct ForecastRoutes: Sendable {
    let engine: Engine
    let slots = ForecastSlots()

    /// Launches that an answer lists unless told otherwise.
    static let listedCount = 1000
    /// Windows that an answer gives unless told otherwise.
    static let windowCount = 5

    func add(to group: RouterGroup<SluiceRequestContext>) {
        group.get("forecast") { request, context in try await forecast(request, context) }
        group.get("forecast/quiet") { request, context in try await quiet(request, context) }
    }

    private func forecast(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        _ = try context.require(.viewer)
        let query = try ForecastQuery(
            request, names: ["from", "to", "mode", "scope", "limit", "zone", "format"],
            zones: engine.forecasts.shelf.zone)
        let from = try query.time("from") ?? query.missing("from")
        let to = try query.time("to") ?? query.missing("to")
        let window = try query.span(from, to)
        let limit = try query.number("limit", 0...ForecastLimits.listedLaunchCountMax) ?? Self.listedCount
        let (closing, zone, isPicture) = (try query.closing(), try query.zone(), try query.isPicture(request))
        return try await slots.run {
            let answer = await engine.forecasts.forecast(window: window, closing: closing) { asked in
                asked.listedLaunchCountMax = isPicture ? 0 : limit
                if isPicture { asked.span = Forecast.Query.span(around: window) }
            }
            guard !isPicture else { return .svg(ForecastDrawing(answer.result, zone: zone).svg) }
            return .json(.object(with(answer.troubles, answer.result.json)))
        }
    }

    private func quiet(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        _ = try context.require(.viewer)
        let query = try ForecastQuery(
            request,
            names: [
                "length", "within", "from", "mode", "scope", "zone", "workingHours", "weekdays", "count", "format",
            ], zones: engine.forecasts.shelf.zone)
        let length = try query.duration("length") ?? query.missing("length")
        let within = try query.duration("within") ?? query.missing("within")
        let from = try query.time("from") ?? engine.clocks.now().wall
        let (closing, zone, isPicture) = (try query.closing(), try query.zone(), try query.isPicture(request))
        var search = QuietSearch.Query(
            horizon: try query.span(from, from.advanced(by: within)), lengthMilliseconds: length.wholeMilliseconds,
            zone: zone, now: from)
        guard length > .zero, length <= within, length.wholeMilliseconds % 60_000 == 0 else {
            throw query.invalid("length", "in whole minutes, 1m or longer, and at most within")
        }
        search.workingHours = try query.workingHours()
        search.weekdays = try query.weekdays()
        search.countMax = try query.number("count", 1...ForecastLimits.quietWindowCountMax) ?? Self.windowCount
        let asked = search
        return try await slots.run {
            let answer = try await storing { try await engine.forecasts.quiet(asked, closing: closing) }
            guard !isPicture else { return .svg(QuietDrawing(answer.result).svg) }
            return .json(.object(with(answer.troubles, answer.result.json)))
        }
    }

    private func with(_ troubles: [String], _ object: JSONObject) -> JSONObject {
        var object = object
        object["troubles"] = .array(troubles.map { .string($0) })
        object["zoneData"] = .optional(engine.configuration.zoneData)
        return object
    }
}

extension Response {
    /// A picture, never cached.
    fileprivate static func svg(_ text: String) -> Response {
        // A picture opened by itself must run nothing, whatever is in it.
        let headers: HTTPFields = [
            .contentType: "image/svg+xml", .cacheControl: "no-store",
            .contentSecurityPolicy: "default-src 'none'; style-src 'unsafe-inline'",
        ]
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}

/// Bounds how many forecasts are computed at the same time: each takes a thread for up to a second.
final class ForecastSlots: Sendable {
    private let takenCount = Mutex(0)

    /// - Throws: A 503 problem when as many as may are being computed; what the work throws.
    func run<Value>(_ work: () async throws -> Value) async throws -> Value {
        let isTaken = takenCount.withLock { count in
            guard count < HTTPLimits.forecastCountMax else { return false }
            count += 1
            return true
        }
        guard isTaken else {
            throw Problem(
                status: .serviceUnavailable, type: "busy", title: "Other forecasts are being made",
                detail: "\(HTTPLimits.forecastCountMax) forecasts are being made; ask again", retryAfterSeconds: 1)
        }
        defer { takenCount.withLock { $0 -= 1 } }
        return try await work()
    }
}
