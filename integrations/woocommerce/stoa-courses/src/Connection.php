<?php

namespace Stoa\Courses;

if (!defined('ABSPATH')) {
    exit;
}

/** How this shop reaches Stoa and proves who it is. Kept in one option, which is not loaded with every page. */
final class Connection
{
    public const OPTION = 'stoa_courses_connection';

    /** @var string Origin of Stoa, which is also the audience of hand-off tokens. */
    public $address;
    /** @var string This shop's name in Stoa. */
    public $store;
    /** @var string Signs webhooks. */
    public $webhook_secret;
    /** @var string Signs hand-off tokens. */
    public $handoff_secret;

    public function __construct(string $address, string $store, string $webhook_secret, string $handoff_secret)
    {
        $this->address = $address;
        $this->store = $store;
        $this->webhook_secret = $webhook_secret;
        $this->handoff_secret = $handoff_secret;
    }

    /**
     * Returns a connection whose every part is well formed.
     *
     * @throws Refused naming the first part that is not.
     */
    public static function checked(string $address, string $store, string $webhook_secret, string $handoff_secret): self
    {
        $address = Address::parse($address);
        if (!preg_match('~\A[a-z][a-z0-9-]{0,39}\z~', $store)) {
            throw new Refused(__('The store name has 1 to 40 of a-z, 0-9 and -, and begins with a letter.', 'stoa-courses'));
        }
        // WooCommerce decodes HTML entities in the secret before it signs: a secret that cannot hold one stays as it is.
        if (!preg_match('~\A[!-\~]{16,200}\z~', $webhook_secret) || strpbrk($webhook_secret, '&<>"\'') !== false) {
            throw new Refused(__('The webhook secret has 16 to 200 letters, digits and signs, without spaces, quotes, &, < and >.', 'stoa-courses'));
        }
        if (!preg_match('~\Astoa_hs_[A-Za-z0-9_-]{43}\z~', $handoff_secret)) {
            throw new Refused(__('The hand-off secret begins with stoa_hs_ and has 43 characters after it.', 'stoa-courses'));
        }
        return new self($address, $store, $webhook_secret, $handoff_secret);
    }

    /** Returns what was saved, or null as long as the shop is not connected. */
    public static function load(): ?self
    {
        $kept = get_option(self::OPTION);
        foreach (['address', 'store', 'webhook_secret', 'handoff_secret'] as $part) {
            if (!is_array($kept) || !isset($kept[$part]) || !is_string($kept[$part]) || $kept[$part] === '') {
                return null;
            }
        }
        return new self($kept['address'], $kept['store'], $kept['webhook_secret'], $kept['handoff_secret']);
    }

    public function save(): void
    {
        update_option(self::OPTION, get_object_vars($this), false);
    }

    /** Returns where WooCommerce sends its webhooks. */
    public function delivery_url(): string
    {
        return $this->address . '/webhooks/' . $this->store;
    }
}
