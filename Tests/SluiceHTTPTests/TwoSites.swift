import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import SluiceEngine
import SluiceHoldFile
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceSQLite
import SluiceSealing
import SluiceTestKit
import Testing

@testable import SluiceHTTP

/// Exports and imports of holds over HTTP, as the command line does them.
struct HoldFiles {
    let key: HoldFileKey

    init(_ digit: Character = "a") throws {
        key = try HoldFileKey(text: String(repeating: digit, count: 64), origin: "the test")
    }

    /// A file, as it came.
    struct File {
        var status: Int
        var bytes: [UInt8]
        var headers: HTTPFields
    }

    func export(_ bench: Bench, _ query: String = "", as token: Bench.Token = .operator) async throws -> File {
        let salt = SealedStream.makeSalt()
        let headers: HTTPFields = [
            .authorization: "Bearer \(token.rawValue)", HoldFileRoutes.keyHeader: key.secret(salt: salt).exposed,
            HoldFileRoutes.saltHeader: SealedStream.text(ofSalt: salt),
        ]
        let response = try await bench.client.base.execute(
            uri: "/v1/holds/export\(query)", method: .get, headers: headers, body: nil)
        return File(
            status: response.status.code, bytes: Array(response.body.readableBytesView), headers: response.headers)
    }

    func read(_ bytes: [UInt8]) throws -> [HoldFileLine] {
        var reader = HoldFileReader(key.secret(salt: try SealedStream.salt(ofHeader: bytes)))
        return try reader.append(bytes) + reader.finish()
    }

    func send(
        _ bytes: [UInt8], to route: String, of bench: Bench, _ query: String = "", as token: Bench.Token = .operator
    ) async throws -> Reply {
        let salt = (try? SealedStream.salt(ofHeader: bytes)) ?? []
        return try await bench.client.send(
            .post, "/v1/holds/\(route)\(query)", as: token,
            headers: [HoldFileRoutes.keyHeader: key.secret(salt: salt).exposed], bytes: bytes)
    }

    func importing(_ bytes: [UInt8], to bench: Bench, _ query: String = "") async throws -> Reply {
        try await send(bytes, to: "import", of: bench, query)
    }
}

extension Reply {
    /// The lines of an answer that tells how far it is.
    var lines: [JSONValue] { text.split(separator: "\n").compactMap { try? JSONReader.read(String($0)) } }

    /// The last of them.
    var result: JSONValue? { lines.last }

    /// Those that were passed over.
    var passedOver: [JSONValue] { lines.filter { $0["kind"] == "passed-over" } }
}

/// A store in a file of its own.
final class TemporarySQLite: Sendable {
    let store: SQLiteStore
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "sluice-two-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        store = try SQLiteStore(path: folder.appending(path: "sluice.db").path, logger: Logger(label: "test"))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }
}
