import Foundation
import PipelineTestSupport
import Pipelines
import Specification
import Testing

/// The pipelines that come with the program.
enum Shipped {
    static let folder: String = {
        var package = URL(filePath: #filePath)
        for _ in 0..<3 { package.deleteLastPathComponent() }
        return package.appending(path: "Pipelines").path
    }()

    static var names: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: folder)
                .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
        }
    }

    static func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(folder)/\(name).json", encoding: .utf8)
    }

    /// Takes a picture through a shipped pipeline and gives its outputs by name.
    static func run(_ name: String, on picture: Picture) throws -> Outputs {
        let (pipeline, diagnostics) = read(SourceText(file: "\(name).json", text: try text(name)))
        return try Outputs(of: try #require(pipeline, "\(diagnostics.render())"), on: picture)
    }

    static func read(_ source: SourceText) -> (Pipeline?, Diagnostics) {
        var diagnostics = Diagnostics(source: source)
        let pipeline = PipelineReader.read(source, into: &diagnostics)
        return (pipeline, diagnostics)
    }
}
