import Dataflow
import Foundation
import Pipelines

/// The outputs of one run, as files of a folder that goes with it.
package final class Outputs: OutputProvider, @unchecked Sendable {
    // Guarded by use: one test runs one pipeline on one thread.
    private var descriptors: [String: Int32] = [:]
    package let folder: String
    package private(set) var report: PictureReport?

    package init() throws {
        folder = NSTemporaryDirectory() + "/shipped-pipelines-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    /// Takes a picture through a pipeline, under the name `picture.png`.
    package convenience init(
        of pipeline: Pipeline, on picture: Picture, context: RunContext = RunContext()
    ) throws {
        try self.init(of: pipeline, context: context) { try picture.write(to: $0) }
    }

    /// The same with a picture that is a file already.
    package convenience init(
        of pipeline: Pipeline, onFile bytes: Data, context: RunContext = RunContext(), options: PictureOptions = .init()
    ) throws {
        try self.init(of: pipeline, context: context, options: options) { try bytes.write(to: URL(filePath: $0)) }
    }

    private convenience init(
        of pipeline: Pipeline, context: RunContext, options: PictureOptions = .init(), write: (String) throws -> Void
    ) throws {
        try self.init()
        let input = folder + "/input"
        try write(input)
        let descriptor = open(input, O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        let run = try PictureRun(pipeline, descriptor: descriptor, options: options)
        report = try run.run(
            name: PictureName(relativePath: Array("picture.png".utf8)), outputs: self, context: context)
    }

    deinit {
        for descriptor in descriptors.values { close(descriptor) }
        try? FileManager.default.removeItem(atPath: folder)
    }

    package func create(_ relativePath: [UInt8]) throws -> Int32? {
        let name = String(decoding: relativePath, as: UTF8.self)
        let parent = URL(filePath: folder + "/" + name).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        let descriptor = open(folder + "/" + name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        descriptors[name] = descriptor
        return descriptor
    }

    package func createUnnamed() throws -> Int32 {
        let name = "unnamed-\(descriptors.count)"
        return try create(Array(name.utf8))!
    }

    package func name(_ descriptor: Int32, _ relativePath: [UInt8]) throws -> Bool {
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

    package var names: [String] { descriptors.keys.sorted() }

    package func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: folder + "/" + name)) }

    package func picture(_ name: String = "picture.png") throws -> Picture {
        try Picture(contentsOf: folder + "/" + name)
    }
}
