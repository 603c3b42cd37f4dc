module github.com/rosterd/rosterd/clients/golang

go 1.26.0

require github.com/RocketChat/Rocket.Chat.Go.SDK v0.0.0-20240116134246-a8cbe886bab0
