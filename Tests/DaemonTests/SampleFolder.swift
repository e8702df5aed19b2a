import Foundation
import Intake
import Specification
import SystemPackage

@testable import Daemon

/// A folder in /tmp that vanishes with its owner, with a configuration of one watched folder and a pipeline.
final class Workplace: Sendable {
    let path: FilePath
    let configuration: FilePath

    static let pipeline = """
        { "version": 1, "steps": [ { "op": "decode" }, { "op": "convolve", "kernel": "edges" },
          { "op": "encode", "format": "png", "file": "{folder}/{stem}.png" } ] }
        """

    /// - Parameter folder: more keys of the watched folder, as JSON members.
    init(folder: String = "", pipeline: String = Workplace.pipeline) throws {
        var template = Array("/tmp/svertka-daemon-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
        path = FilePath(platformString: template)
        configuration = path.appending("config.json")
        try write("pipeline.json", pipeline)
        try write(
            "config.json",
            """
            { "state": "state", "workers": 2, "folders": [
              { "root": "r", "pipeline": "pipeline.json", "settle": "50ms"\(folder.isEmpty ? "" : ", " + folder) } ] }
            """)
    }

    deinit { try? FileManager.default.removeItem(atPath: path.string) }

    func write(_ name: FilePath, _ text: String) throws { try write(name, Array(text.utf8)) }

    func write(_ name: FilePath, _ bytes: [UInt8]) throws {
        let file = path.pushing(name)
        try FileManager.default.createDirectory(
            atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: file.string))
    }

    func exists(_ name: FilePath) -> Bool { FileManager.default.fileExists(atPath: path.pushing(name).string) }

    func text(_ name: FilePath) -> String {
        (try? String(contentsOfFile: path.pushing(name).string, encoding: .utf8)) ?? ""
    }

    /// Every file below a folder, relative to it.
    func files(in folder: FilePath) -> [String] {
        let all = FileManager.default.enumerator(atPath: path.pushing(folder).string)?.allObjects as? [String] ?? []
        return all.filter { file in
            var isFolder: ObjCBool = false
            let path = path.pushing(folder).pushing(FilePath(file)).string
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
        }.sorted()
    }

    func loaded() throws -> LoadedConfiguration { try LoadedConfiguration.load(configuration, version: "test") }

    func once() -> ServiceEnd {
        Service.run(ServiceOptions(configuration: configuration, mode: .once, version: "test"))
    }

    /// 67 bytes: one black pixel.
    static let picture: [UInt8] = [
        0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1,
        8, 0,
        0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 0x0a, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x60, 0, 0, 0, 2, 0,
        1,
        0x48, 0xaf, 0xa4, 0x71, 0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
    ]
}

/// A folder as a configuration describes it, whose files do not exist.
func sampleFolder(_ members: String = "") throws -> ServiceFolder {
    let place = try Workplace(folder: members)
    return try place.loaded().layout.folders[0]
}
