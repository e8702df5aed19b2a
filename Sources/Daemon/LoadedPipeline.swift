import Intake
import Networks
import Outbox
import Pipelines
import Specification
import SystemPackage

/// A pipeline that is ready for work, with what tells its results from those of another one.
struct LoadedPipeline: Sendable {
    let pipeline: Pipeline
    /// Of the program's version, the document, and every file that the pipeline depends on.
    let hash: String
    /// The document and those files, as they were before they were read.
    let stamps: [FileStamp]

    /// - Parameter networks: those that other pipelines of the same configuration use too.
    static func load(
        _ file: PathBytes, networks: NetworkStore, version: String
    ) throws(ConfigurationFault) -> LoadedPipeline {
        let stamp = FileStamp(file)
        let source: SourceText
        do {
            source = try SourceText.load(path: file.bytes)
        } catch {
            throw .wrong("\(error)\n", isUnsafe: false)
        }
        var diagnostics = Diagnostics(source: source)
        guard let pipeline = PipelineReader.read(source, networks: networks, into: &diagnostics) else {
            throw .wrong(diagnostics.render(), isUnsafe: false)
        }
        var parts = Array("\(version)\n".utf8) + pipeline.source
        for file in pipeline.files {
            let hash = try hash(of: file.path)
            withUnsafeBytes(of: hash.digest.littleEndian) { parts += $0 }
            withUnsafeBytes(of: hash.size.littleEndian) { parts += $0 }
        }
        return LoadedPipeline(
            pipeline: pipeline, hash: String(ContentHash(of: parts).digest, radix: 16),
            stamps: [stamp] + pipeline.files)
    }

    private static func hash(of path: PathBytes) throws(ConfigurationFault) -> ContentHash {
        do {
            let file = try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
            defer { try? file.close() }
            // Nothing cancels it.
            return try ContentHash(of: file) ?? ContentHash(digest: 0, size: 0)
        } catch {
            throw .wrong("\(path) cannot be read: \(error)\n", isUnsafe: false)
        }
    }
}
