@testable import Codecs
import Glibc
import Testing

@Suite("Files that fuzzing began with or found are read or refused")
struct FuzzingTests {
    /// The files of `Tests/Fuzzing/Seeds/Picture` and `Tests/Fuzzing/Findings/Picture`.
    static let files: [String] = {
        let tests = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        return ["Seeds/Picture", "Findings/Picture"].flatMap { name -> [String] in
            let folder = "/\(tests)/Fuzzing/\(name)"
            guard let directory = opendir(folder) else { return [] }
            defer { closedir(directory) }
            var files: [String] = []
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                if !name.hasPrefix(".") { files.append(folder + "/" + name) }
            }
            return files.sorted()
        }
    }()

    @Test("Strictly and tolerantly, whole and in parts", arguments: files)
    func file(_ path: String) throws {
        let file = try #require(TemporaryFile(path: path))
        for policy in TruncationPolicy.allCases {
            for wholeImageBytes in [0, 1 << 24] {
                for rows in [nil, 3..<9] {
                    let options = DecodeOptions(onTruncated: policy, wholeImageBytes: wholeImageBytes)
                    do throws(CodecError) {
                        let decoded = try decode(file.descriptor, options: options, rows: rows)
                        _ = decoded.metadata.adapted(to: .init(orientation: 1)).stripped([.gps])
                    } catch {
                        #expect(!error.message.isEmpty)
                    }
                }
            }
        }
    }
}
