import Glibc
import Outbox
import Pipelines
import SystemPackage

/// The outputs of one picture as a publication: complete under their names, all together, or not there.
public final class PublishedOutputs: OutputProvider {
    private let publication: Publication
    private let policy: ConflictPolicy
    /// The input, which no output may replace; nil where it cannot lie in the output folder.
    private let input: (device: UInt64, inode: UInt64)?

    /// Why an output is refused.
    public struct ReplacesInput: Error, Sendable {
        public let message = "the output would take the place of its own input"
        public let hint = "choose another output folder"
    }

    /// - Parameter input: a descriptor of the picture, where it may lie in the output folder.
    public init(_ publication: Publication, onConflict policy: ConflictPolicy, input: Int32? = nil) {
        self.publication = publication
        self.policy = policy
        var status = stat()
        self.input = input.flatMap {
            fstat($0, &status) == 0 ? (UInt64(status.st_dev), UInt64(status.st_ino)) : nil
        }
    }

    public func create(_ relativePath: [UInt8]) throws -> Int32? {
        try publication.create(try path(relativePath), onConflict: policy)
    }

    public func createUnnamed() throws -> Int32 { try publication.createUnnamed() }

    public func name(_ descriptor: Int32, _ relativePath: [UInt8]) throws -> Bool {
        try publication.name(descriptor, try path(relativePath), onConflict: policy)
    }

    private func path(_ relativePath: [UInt8]) throws(ReplacesInput) -> FilePath {
        let path = FilePath(bytes: relativePath)
        if policy == .replace { try refuseInput(path) }
        return path
    }

    private func refuseInput(_ path: FilePath) throws(ReplacesInput) {
        guard let input else { return }
        var status = stat()
        let target = publication.root.appending(path.components)
        if target.withPlatformString({ lstat($0, &status) }) == 0, UInt64(status.st_dev) == input.device,
            UInt64(status.st_ino) == input.inode
        {
            throw ReplacesInput()
        }
    }
}
