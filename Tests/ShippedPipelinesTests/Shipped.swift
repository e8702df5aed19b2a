import Foundation
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
        return try run(try #require(pipeline, "\(diagnostics.render())"), on: picture)
    }

    static func read(_ source: SourceText) -> (Pipeline?, Diagnostics) {
        var diagnostics = Diagnostics(source: source)
        let pipeline = PipelineReader.read(source, into: &diagnostics)
        return (pipeline, diagnostics)
    }

    static func run(_ pipeline: Pipeline, on picture: Picture) throws -> Outputs {
        let outputs = try Outputs()
        let input = outputs.folder + "/input"
        try picture.write(to: input)
        let descriptor = open(input, O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        let run = try PictureRun(pipeline, descriptor: descriptor)
        _ = try run.run(name: PictureName(relativePath: Array("picture.png".utf8)), outputs: outputs)
        return outputs
    }
}

/// The outputs of one run, as files of a folder that goes with it.
final class Outputs: OutputProvider, @unchecked Sendable {
    // Guarded by use: one test runs one pipeline on one thread.
    private var descriptors: [String: Int32] = [:]
    let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "/shipped-pipelines-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit {
        for descriptor in descriptors.values { close(descriptor) }
        try? FileManager.default.removeItem(atPath: folder)
    }

    func create(_ relativePath: [UInt8]) throws -> Int32? {
        let name = String(decoding: relativePath, as: UTF8.self)
        let parent = URL(filePath: folder + "/" + name).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        let descriptor = open(folder + "/" + name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        descriptors[name] = descriptor
        return descriptor
    }

    func createUnnamed() throws -> Int32 {
        let name = "unnamed-\(descriptors.count)"
        return try create(Array(name.utf8))!
    }

    func name(_ descriptor: Int32, _ relativePath: [UInt8]) throws -> Bool {
        let old = descriptors.first { $0.value == descriptor }!.key
        let name = String(decoding: relativePath, as: UTF8.self)
        let target = URL(filePath: folder + "/" + name)
        try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.moveItem(at: URL(filePath: folder + "/" + old), to: target)
        descriptors[old] = nil
        descriptors[name] = descriptor
        return true
    }

    var names: [String] { descriptors.keys.sorted() }

    func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: folder + "/" + name)) }

    func picture(_ name: String = "picture.png") throws -> Picture { try Picture(contentsOf: folder + "/" + name) }
}
