import ArgumentParser
import Specification

/// The manual in the format of man(7), made of what `--help` says.
enum ManualPage {
    static func text() -> String {
        let source = SourceText(file: "help", text: Svertka._dumpHelp())
        var diagnostics = Diagnostics(source: source)
        guard let root = JSONReader.read(source, into: &diagnostics)?["command"] else { return "" }
        var page = Page()
        page.lines.append(".TH SVERTKA 1 \"\" \"svertka \(Version.text)\" \"User Commands\"")
        page.section("NAME")
        page.paragraph("svertka - \(lowercasedFirst(root["abstract"]?.string ?? ""))")
        page.section("SYNOPSIS")
        page.lines.append(".B svertka")
        page.lines.append(".I command\n[\\fIargument\\fR ...]")
        page.section("DESCRIPTION")
        page.discussion(root["discussion"]?.string)
        page.section("COMMANDS")
        for command in root["subcommands"]?.array ?? [] { page.command(command, after: "svertka") }
        page.section("EXIT STATUS")
        for (code, meaning) in ExitStatus.meanings { page.item("\(code)", meaning) }
        page.section("ENVIRONMENT")
        page.item("NO_COLOR", "If it is set, messages have no colours.")
        page.section("FILES")
        page.item("/etc/svertka/svertka.json", "The configuration of the service.")
        page.item("/etc/svertka/pipelines/", "Pipelines to start from.")
        page.section("SEE ALSO")
        page.paragraph("svertka steps lists the steps of the pipeline language; svertka steps NAME explains one.")
        return page.lines.joined(separator: "\n") + "\n"
    }

    private static func lowercasedFirst(_ text: String) -> String {
        let sentence = text.hasSuffix(".") ? text.dropLast() : text[...]
        return sentence.prefix(1).lowercased() + sentence.dropFirst()
    }

    private struct Page {
        var lines: [String] = []

        mutating func section(_ name: String) { lines.append(".SH \(name)") }

        mutating func paragraph(_ text: String) { lines += [".PP", escaped(text)] }

        mutating func item(_ term: String, _ text: String) {
            lines += [".TP", ".B \(escaped(term))", escaped(text)]
        }

        /// Paragraphs, between which stands an empty line; lines that are commands stand as examples.
        mutating func discussion(_ text: String?) {
            var last: Bool?
            for line in (text ?? "").split(separator: "\n", omittingEmptySubsequences: false) {
                let isExample = Self.isExample(line)
                if last == true, !isExample { lines += [".RE", ".fi"] }
                if line.isEmpty {
                    last = nil
                    continue
                }
                if last != isExample { lines += isExample ? [".PP", ".nf", ".RS 4"] : [".PP"] }
                lines.append(escaped(String(line)))
                last = isExample
            }
            if last == true { lines += [".RE", ".fi"] }
        }

        private static func isExample(_ line: Substring) -> Bool {
            line.hasPrefix("svertka ") || line.contains("| svertka ")
        }

        mutating func command(_ command: JSONValue, after parent: String) {
            let name = command["commandName"]?.string ?? ""
            guard command["shouldDisplay"]?.bool != false, name != "help" else { return }
            let arguments = (command["arguments"]?.array ?? []).filter { argument in
                argument["shouldDisplay"]?.bool != false
                    && !["help", "version"].contains(argument["valueName"]?.string)
            }
            let inner = command["subcommands"]?.array ?? []
            if inner.isEmpty {
                lines.append(".SS \(escaped("\(parent) \(name) \(arguments.map(synopsis).joined(separator: " "))"))")
                if let abstract = command["abstract"]?.string { lines.append(escaped(abstract)) }
                discussion(command["discussion"]?.string)
                for argument in arguments { self.argument(argument) }
            }
            for command in inner { self.command(command, after: "\(parent) \(name)") }
        }

        private func name(_ argument: JSONValue) -> String {
            (argument["preferredName"]?["name"]?.string).map { ($0.count == 1 ? "-" : "--") + $0 } ?? ""
        }

        private func synopsis(_ argument: JSONValue) -> String {
            let value = (argument["valueName"]?.string ?? "").uppercased()
            let repeats = argument["isRepeating"]?.bool == true ? " ..." : ""
            let text =
                switch argument["kind"]?.string {
                case "positional": value + repeats
                case "flag": name(argument)
                default: "\(name(argument)) \(value)\(repeats)"
                }
            return argument["isOptional"]?.bool == true ? "[\(text)]" : text
        }

        private mutating func argument(_ argument: JSONValue) {
            let value = (argument["valueName"]?.string ?? "").uppercased()
            let term =
                switch argument["kind"]?.string {
                case "positional": value
                case "flag": name(argument)
                default: "\(name(argument)) \(value)"
                }
            let standard = argument["defaultValue"]?.string.map { " By default \($0)." } ?? ""
            item(term, (argument["abstract"]?.string ?? "") + standard)
        }

        /// Text that means nothing to roff.
        private func escaped(_ text: String) -> String {
            var result = text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" : ""
            for character in text {
                switch character {
                case "\\": result += "\\e"
                case "-": result += "\\-"
                default: result.append(character)
                }
            }
            return result
        }
    }
}
