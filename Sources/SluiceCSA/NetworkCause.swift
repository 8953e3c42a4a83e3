internal import AsyncHTTPClient

/// What went wrong on the network, in words for operators.
///
/// Foreign errors print file names, build paths and more, so they are recognised by what they contain, and what is not
/// recognised is named by its type alone. SluiceCentral has a twin with its own keys.
enum NetworkCause {
    /// What an error's text contains, and what it means; the first match counts.
    private static let sentences: [(part: String, sentence: String)] = [
        ("errno: 111", "connection refused"),
        ("errno: 113", "no route to the host"),
        ("errno: 101", "the network is unreachable"),
        ("errno: 110", "the connection timed out"),
        ("errno: 104", "the connection was reset"),
        ("errno: 32)", "the connection was closed"),
        ("noSuchFilesystemObject", "csa.caFile cannot be read"),
        ("failedToLoadCertificate", "csa.caFile holds no certificate"),
        ("CERTIFICATE_VERIFY_FAILED", "its certificate is not trusted; set csa.caFile"),
        ("failedToValidateHostname", "its certificate is for another host"),
        ("unableToValidateCertificate", "its certificate is for another host"),
        ("WRONG_VERSION_NUMBER", "it does not speak TLS; check csa.url"),
        ("handshakeFailed", "the TLS handshake failed"),
        ("uncleanShutdown", "the connection was closed within TLS"),
        ("SocketAddressError", "its host name cannot be resolved"),
        ("DNS error", "its host name cannot be resolved"),
        ("invalidVersion", "it does not speak HTTP"),
        ("HTTPParserError", "it does not speak HTTP"),
    ]

    static func sentence(of error: any Error) -> String {
        if let error = error as? HTTPClientError {
            switch error {
            case .remoteConnectionClosed: return "the connection was closed without an answer"
            case .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout: return "no connection in time"
            default: return error.shortDescription.lowercased()
            }
        }
        let text = "\(type(of: error)) \(error)"
        return sentences.first { text.contains($0.part) }?.sentence ?? "\(type(of: error))"
    }
}
